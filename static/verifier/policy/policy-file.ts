/** The site's policy as the JSON file that Python reads too (docs/token-format.md §4.1), with every fault said at its member. */

import { parsePolicy, type Policy } from '@shared/verify'
import { parseObject, type Json, type JsonObject } from '@shared/verify/json'

export const MEMBERS = {
  preset: 'preset',
  maxListAge: 'max_list_age',
  maxCredentialAge: 'max_credential_age',
  leeway: 'leeway',
  scenes: 'scenes',
  challenge: 'challenge',
  online: 'online',
  onUnknown: 'on_unknown',
} as const satisfies Record<keyof Policy, string>

export type Member = (typeof MEMBERS)[keyof Policy]

/** `file`: no JSON object at all. `unknown`: a member that there is not. `value`: one whose value is not accepted. */
export type PolicyFault =
  | { readonly kind: 'file' }
  | { readonly kind: 'unknown'; readonly member: string }
  | { readonly kind: 'value'; readonly member: Member }

export type PolicyReading = { readonly policy: Policy } | { readonly faults: readonly PolicyFault[] }

const NAMES: readonly string[] = Object.values(MEMBERS)

/** Reads a file. Strict as in the verifiers: no member twice, none that is unknown, whole numbers in range. */
export function readPolicy(text: string): PolicyReading {
  const members = parseObject(text)
  if (members === null) return { faults: [{ kind: 'file' }] }
  const faults = Object.entries(members).flatMap(([name, value]) => faultOf(name, value))
  return faults.length > 0 ? { faults } : { policy: parsePolicy(members) }
}

/** Every member is written, so that the file says the same when a preset changes. */
export function writePolicy(policy: Policy): string {
  const members = Object.entries(MEMBERS).map(([own, name]) => [name, policy[own as keyof Policy]])
  return `${JSON.stringify(Object.fromEntries(members), null, 2)}\n`
}

function faultOf(name: string, value: Json): PolicyFault[] {
  if (!NAMES.includes(name)) return [{ kind: 'unknown', member: name }]
  return isAccepted({ [name]: value }) ? [] : [{ kind: 'value', member: name as Member }]
}

/** Whether a change of one member is accepted, as a field of the form asks. */
export const isMemberAccepted = (name: Member, value: Json): boolean => isAccepted({ [name]: value })

function isAccepted(member: JsonObject): boolean {
  try {
    parsePolicy(member)
    return true
  } catch (error) {
    if (error instanceof RangeError) return false
    throw error
  }
}
