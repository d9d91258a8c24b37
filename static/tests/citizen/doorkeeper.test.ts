import type { Session } from '@shared/api/types'
import { expect, it } from 'vitest'
import type { Binding } from '../../citizen/device/memory'
import { doorkeeper } from '../../citizen/router'

const holder = { id: 's', role: 'citizen', bound: true } as Session
const unbound = { state: { binding: null } }
const stranger = { ...holder, bound: false }

it.each([
  ['a visitor', null, 'card', 'holder', 'sign-in'],
  ['a visitor', null, 'settings', 'signed-in', 'sign-in'],
  ['a visitor', null, 'outlets', 'anybody', true],
  ['a visitor', null, 'sign-in', 'anybody', true],
  ['somebody without a bound card', stranger, 'card', 'holder', 'bind'],
  ['somebody without a bound card', stranger, 'bind', 'signed-in', true],
  ['somebody without a bound card', stranger, 'settings', 'signed-in', true],
  ['a holder', holder, 'card', 'holder', true],
  ['a holder', holder, 'bind', 'signed-in', 'card'],
  ['a holder', holder, 'sign-in', 'anybody', 'card'],
  ['somebody the server was not asked about', undefined, 'card', 'holder', true],
] as const)('%s (%o) who opens %s (for %s) gets %s', (_, session, name, seenBy, goal) => {
  const answer = doorkeeper(name, seenBy, { state: { session }, device: unbound })
  expect(answer).toEqual(goal === true ? true : { name: goal })
})

it.each([
  ['card', 'holder', { name: 'code' }],
  ['settings', 'signed-in', { name: 'code' }],
  ['code', 'holder', true],
  ['outlets', 'anybody', true],
] as const)(
  'a bound phone that could not ask the server and opens %s (for %s) gets %o',
  (name, seenBy, goal) => {
    const device = { state: { binding: {} as Binding } }
    expect(doorkeeper(name, seenBy, { state: { session: undefined }, device })).toEqual(goal)
  },
)
