/** Verify the city's codes offline: `verify(text, { trust, policy, now, replay, challenge })`. Format: docs/token-format.md. */

export { PRESETS, parsePolicy, type Online, type OnUnknown, type Policy, type Preset } from './policy'
export { TRUST_CODES, TrustRefusal, type TrustCode } from './refusal'
export { BoundedReplayMemory, type ReplayMemory, type Sight, type Sighting } from './replay'
export { NOTHING_SEEN, type Seen } from './seen'
export { acceptTrust, loadTrust, type Trust, type TrustFiles } from './trust'
export {
  CODES,
  OUTCOME_OF,
  type Claims,
  type Code,
  type Evidence,
  type Outcome,
  type Verdict,
} from './verdict'
export { verify, type Circumstances } from './verify'
