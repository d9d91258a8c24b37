/** The JWT writing of a server code (docs/token-format.md §1.3), before anything in it is believed. */

import { fromBase64url, hex } from './bytes'
import { hasExactly, isObject, text as textOf, unsigned, type Json } from './json'
import { parseCompact, type Signed } from './jws'
import type { UnverifiedCode } from './unverified'

const JWT_TYPE = 'ecard+jwt'
const KID = /^[0-9a-f]{8}$/
const TOKEN_ID_BYTES = 8
const CLAIMS = ['iss', 'iat', 'exp', 'jti', 'scene', 'status']

/** Null where it is malformed. */
export function parseJwt(jws: string): UnverifiedCode | null {
  const message = parseCompact(jws)
  const header = message && parseHeader(message)
  if (message === null || header === null) return null
  const { iss, iat, exp, jti, scene, status, ...attributes } = message.payload
  const issuedAt = unsigned(iat)
  const expiresAt = unsigned(exp)
  const issuer = textOf(iss)
  const sceneName = textOf(scene)
  const tokenId = parseTokenId(jti)
  const listed = parseStatus(status)
  if (!CLAIMS.every(name => name in message.payload)) return null
  if (issuedAt === null || expiresAt === null || issuer === null || sceneName === null) return null
  if (tokenId === null || listed === null) return null
  const { signature, signed } = message
  return {
    ...header,
    ...listed,
    signature,
    signed,
    issuedAt,
    expiresAt,
    tokenId,
    scene: sceneName,
    issuer,
    attributes,
  }
}

function parseHeader({ header }: Signed): Pick<UnverifiedCode, 'kid' | 'algorithm'> | null {
  const algorithm = textOf(header.alg)
  const kid = textOf(header.kid)
  const isWhole = hasExactly(header, ['alg', 'kid', 'typ']) && header.typ === JWT_TYPE
  return isWhole && algorithm !== null && kid !== null && KID.test(kid) ? { algorithm, kid } : null
}

function parseTokenId(jti: Json | undefined): string | null {
  const bytes = fromBase64url(textOf(jti) ?? '')
  return bytes?.length === TOKEN_ID_BYTES ? hex(bytes) : null
}

function parseStatus(status: Json | undefined): { index: number; statusUri: string } | null {
  if (!isObject(status) || !hasExactly(status, ['status_list'])) return null
  const list = status.status_list
  if (!isObject(list) || !hasExactly(list, ['idx', 'uri'])) return null
  const index = unsigned(list.idx)
  const statusUri = textOf(list.uri)
  return index === null || statusUri === null ? null : { index, statusUri }
}
