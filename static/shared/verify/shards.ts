/** Shards: the expiry weeks by which the revocation list is divided (token-format §1.2, §1.3). */

const WEEK = 604_800

/** The number of the shard that a code or credential with this `exp` is listed in. */
export const shardOf = (expiresAt: number): number => Math.floor(expiresAt / WEEK)

export const statusUri = (issuer: string, shard: number): string => `${issuer}/trust/status/${shard}`
