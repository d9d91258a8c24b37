/** How a binding ends from the server's side, by the code of its refusal. */

export type End = 'ended' | 'loss'

const ENDS: Readonly<Record<string, End>> = {
  device_ended: 'ended',
  device_not_found: 'ended',
  card_suspended: 'loss',
  card_cancelled: 'loss',
  card_replaced: 'loss',
}

export function endOf(code: string): End | null {
  return ENDS[code] ?? null
}
