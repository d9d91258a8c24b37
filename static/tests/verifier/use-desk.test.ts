// @vitest-environment node
import { effectScope } from 'vue'
import { expect, it, vi } from 'vitest'
import { PRESETS } from '@shared/verify'
import type { Judgement } from '../../verifier/desk/judge'
import { useDesk } from '../../verifier/desk/use-desk'

const VALID: Judgement = {
  verdict: { outcome: 'valid', code: 'ok', claims: null, evidence: {} },
  by: 'here',
  holder: null,
  challenge: 123_456,
}

function aDesk(judgements: (Judgement | null)[]) {
  vi.spyOn(console, 'warn').mockImplementation(() => undefined) // no component is mounted here
  const challenge = { settle: vi.fn(), next: vi.fn() }
  const announce = vi.fn()
  const judge = () => Promise.resolve(judgements.shift() ?? null)
  const desk = effectScope().run(() => useDesk({ judge, policy: () => PRESETS.gate, challenge, announce }))
  if (desk === undefined) throw new Error('no desk')
  return { ...desk, challenge, announced: announce }
}

it('keeps the earlier verdict, and says nothing, where nothing is new', async () => {
  const desk = aDesk([VALID, null])
  await desk.present('351')
  const shown = desk.display.value
  await desk.present('352')
  expect(desk.display.value).toBe(shown)
  expect(desk.announced).toHaveBeenCalledTimes(1)
  expect(desk.history.value).toHaveLength(1)
  desk.next()
})

it('frees the panel after a picture that held nothing new', async () => {
  const desk = aDesk([null])
  await desk.reading()
  await desk.present('351')
  expect(desk.display.value.kind).toBe('idle')
})

it('spends the number of a customer who was served, not of one who must try again', async () => {
  const verdict = { ...VALID.verdict, outcome: 'invalid', code: 'challenge_missing' } as const
  const desk = aDesk([{ ...VALID, verdict }, VALID])
  await desk.present('351')
  expect(desk.challenge.settle).not.toHaveBeenCalled()
  await desk.present('352')
  expect(desk.challenge.settle).toHaveBeenCalledExactlyOnceWith(123_456)
  desk.next()
  expect(desk.challenge.next).toHaveBeenCalledOnce()
})
