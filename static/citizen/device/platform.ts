/** What kind of phone this is, to propose a name for it in the list of linked phones. */

export type Platform = 'iphone' | 'ipad' | 'harmony' | 'android' | 'mac' | 'windows' | 'other'

/** The first that fits; an iPad calls itself a Mac, but has fingers. */
const SIGNS: readonly (readonly [Platform, RegExp])[] = [
  ['iphone', /iPhone|iPod/],
  ['ipad', /iPad/],
  ['harmony', /HarmonyOS|OpenHarmony/],
  ['android', /Android/],
  ['mac', /Macintosh/],
  ['windows', /Windows/],
]

export function platformOf(userAgent: string, touchPoints: number): Platform {
  const platform = SIGNS.find(([, sign]) => sign.test(userAgent))?.[0] ?? 'other'
  return platform === 'mac' && touchPoints > 1 ? 'ipad' : platform
}
