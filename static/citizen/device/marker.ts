/** A small sign beside the database that this phone was linked: browsers may evict the one and leave the other. It names nobody. */

export interface Marker {
  read(): string | null
  set(id: string): void
  clear(): void
}

const MEMORY = 'ecard.device'

export const browserMarker: Marker = {
  read: () => quietly(() => localStorage.getItem(MEMORY)),
  set: id => void quietly(() => localStorage.setItem(MEMORY, id)),
  clear: () => void quietly(() => localStorage.removeItem(MEMORY)),
}

/** A browser that stores nothing remembers no sign; binding works all the same. */
function quietly<Value>(act: () => Value): Value | null {
  try {
    return act()
  } catch {
    return null
  }
}
