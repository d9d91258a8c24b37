import { Attempt, idempotencyKey } from '@shared/api/attempt'
import { ApiError } from '@shared/api/problem'
import { expect, it } from 'vitest'

function anAttempt() {
  let count = 0
  const keys: string[] = []
  const attempt = new Attempt(() => `key-${(count += 1)}`)
  const send = (outcome: Error | 'done', subject: unknown = 'card 7') =>
    attempt
      .send(subject, key => {
        keys.push(key)
        return outcome instanceof Error ? Promise.reject(outcome) : Promise.resolve(outcome)
      })
      .catch(() => 'failed')
  return { send, keys }
}

const lost = new ApiError('timeout', 0)
const broken = new ApiError('internal_error', 500)
const refused = new ApiError('card_not_active', 409)

it('keeps its key while nobody knows whether the action was carried out', async () => {
  const { send, keys } = anAttempt()
  await send(lost)
  await send(broken)
  await send('done')
  expect(keys).toEqual(['key-1', 'key-1', 'key-1'])
})

it('takes a new key once the action is done', async () => {
  const { send, keys } = anAttempt()
  await send('done')
  await send('done')
  expect(keys).toEqual(['key-1', 'key-2'])
})

it('takes a new key after a refusal', async () => {
  const { send, keys } = anAttempt()
  await send(refused)
  await send('done')
  expect(keys).toEqual(['key-1', 'key-2'])
})

it('takes a new key for another subject', async () => {
  const { send, keys } = anAttempt()
  await send(lost, 'card 7')
  await send(lost, 'card 8')
  expect(keys).toEqual(['key-1', 'key-2'])
})

it('makes keys that are random UUIDs', () => {
  const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
  expect(idempotencyKey()).toMatch(uuid)
  expect(idempotencyKey()).not.toBe(idempotencyKey())
})
