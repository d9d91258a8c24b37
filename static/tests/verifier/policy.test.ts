// @vitest-environment node
import { describe, expect, it } from 'vitest'
import { PRESETS } from '@shared/verify'
import { readPolicy, writePolicy } from '../../verifier/policy/policy-file'
import { splitSpan } from '../../verifier/policy/span'

describe('the file of rules', () => {
  it.each(Object.entries(PRESETS))('of %s is read as it was written', (_, policy) => {
    expect(readPolicy(writePolicy(policy))).toEqual({ policy })
  })

  it('has the members of the format, all of them', () => {
    expect(JSON.parse(writePolicy(PRESETS.gate))).toEqual({
      preset: 'gate',
      max_list_age: 86_400,
      max_credential_age: 86_400,
      leeway: 30,
      scenes: ['transit', 'identity'],
      challenge: false,
      online: 'never',
      on_unknown: 'refuse',
    })
  })

  it('takes what is not written from the preset', () => {
    expect(readPolicy('{"preset":"hospital","leeway":5}')).toEqual({
      policy: { ...PRESETS.hospital, leeway: 5 },
    })
  })

  it.each([
    ['not JSON', 'file'],
    ['[]', 'file'],
    ['{"leeway":1,"leeway":2}', 'file'],
    ['{"leeway":1.0}', 'file'],
  ])('%s is no such file', (text, kind) => {
    expect(readPolicy(text)).toEqual({ faults: [{ kind }] })
  })

  it('says every fault at its member', () => {
    const text = '{"preset":"bank","max_list_age":0,"scenes":"all","online":true,"speed":1,"leeway":30}'
    expect(readPolicy(text)).toEqual({
      faults: [
        { kind: 'value', member: 'preset' },
        { kind: 'value', member: 'max_list_age' },
        { kind: 'value', member: 'scenes' },
        { kind: 'value', member: 'online' },
        { kind: 'unknown', member: 'speed' },
      ],
    })
  })
})

it.each([
  [86_400, 1, 'days'],
  [90_000, 25, 'hours'],
  [90, 90, 'seconds'],
  [0, 0, 'days'],
])('%i s are %i %s', (seconds, n, unit) => {
  expect(splitSpan(seconds)).toEqual({ n, unit })
})
