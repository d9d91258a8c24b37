/** Verify the city's codes offline: `verify(text, { trust, policy, now, replay })`. Format: docs/token-format.md. */

export { PRESETS, parsePolicy, type Policy, type Preset } from './policy'
export { TRUST_CODES, TrustRefusal, type TrustCode } from './refusal'
export { BoundedReplayMemory, type ReplayMemory } from './replay'
export { acceptTrust, loadTrust, NOTHING_SEEN, type Seen, type Trust, type TrustFiles } from './trust'
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
