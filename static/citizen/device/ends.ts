/** What a refusal of credentials means for this phone, by the code of the refusal. */

/** Why a binding ended from the server's side. */
export type End = 'ended' | 'loss'

/** `rest`: the card gives no codes for now, so what was fetched counts nowhere; the binding stays. */
const AFTERMATHS: Readonly<Record<string, End | 'rest'>> = {
  device_ended: 'ended',
  device_not_found: 'ended',
  card_suspended: 'loss',
  card_cancelled: 'loss',
  card_replaced: 'loss',
  card_locked: 'rest',
  card_not_active: 'rest',
}

export function aftermathOf(code: string): End | 'rest' | null {
  return AFTERMATHS[code] ?? null
}

/** A scene that cannot be had now must not keep the others away. */
export function isAboutScene(code: string): boolean {
  return code === 'scene_unknown' || code === 'scene_unavailable'
}
