/** Whether the holder has put linking off for now; the settings offer it all the time. */

const MEMORY = 'ecard.bind-later'
const REST = 14 * 86_400_000

export function putOff(now: number): void {
  try {
    localStorage.setItem(MEMORY, String(now))
  } catch {
    // A browser that stores nothing cannot be linked either.
  }
}

export function isPutOff(now: number): boolean {
  try {
    const since = Number(localStorage.getItem(MEMORY) ?? NaN)
    return since <= now && now < since + REST
  } catch {
    return false
  }
}
