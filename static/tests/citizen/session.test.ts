// @vitest-environment node
import 'fake-indexeddb/auto'
import type { Client } from '@shared/api/client'
import { ApiError } from '@shared/api/problem'
import type { Session } from '@shared/api/types'
import { describe, expect, it } from 'vitest'
import { createSession } from '../../citizen/session'
import { aHolder } from './city'

const holder = { id: 's', role: 'citizen', bound: true } as Session

/** A holder with a bound phone; `answer` stands in for the rest of the server. */
async function aSession(answer: (path: string) => unknown = () => ({})) {
  const { open, ...rest } = await aHolder()
  const { device, memory } = await open()
  await device.bind('iPhone', '123456', ['identity'], 'key')
  await device.renew()
  const client = {
    request: async (_method: string, path: string) => answer(path),
    onSignedOut: () => undefined,
  } as unknown as Client
  const session = createSession(client, device)
  session.state.session = holder
  return { session, device, memory, ...rest }
}

const unreachable = () => {
  throw new ApiError('unreachable', 0)
}

describe('signing out', () => {
  it('leaves no key, and takes the phone off the list', async () => {
    const { session, memory, city } = await aSession()
    await session.end()
    expect(session.state.session).toBeNull()
    expect((await memory.read()).binding).toBeUndefined()
    expect(city.devices).toEqual([])
  })

  it('leaves no key even where the server cannot be told', async () => {
    const { session, memory, device } = await aSession(unreachable)
    await expect(session.end()).rejects.toThrow()
    expect((await memory.read()).credentials).toEqual([])
    expect(await device.present('identity')).toBeNull()
  })
})

describe('a loss report on this phone', () => {
  it('leaves no key', async () => {
    const { session, memory, device } = await aSession(() => ({ state: 'suspended' }))
    await session.reportLoss('key')
    expect((await memory.read()).binding).toBeUndefined()
    expect(device.state.end).toBeNull()
  })

  it('that failed leaves all as it is', async () => {
    const { session, device } = await aSession(unreachable)
    await expect(session.reportLoss('key')).rejects.toThrow()
    expect(await device.present('identity')).not.toBeNull()
  })
})

it('shows nobody’s codes to whoever has just signed in', async () => {
  const { session, device } = await aSession()
  await session.begin({ ...holder, id: 'other' })
  expect(await device.present('identity')).toBeNull()
})

it('asks once who is here, however many want to know', async () => {
  let asked = 0
  const { session } = await aSession(() => ((asked += 1), holder))
  await Promise.all([session.restore(), session.restore()])
  expect(asked).toBe(1)
})
