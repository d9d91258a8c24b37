/** Spans of time as people set them: a whole number of one unit. */

export const SPAN_UNITS = { seconds: 1, minutes: 60, hours: 3_600, days: 86_400 } as const
export type SpanUnit = keyof typeof SPAN_UNITS

const LARGEST_FIRST: readonly SpanUnit[] = ['days', 'hours', 'minutes', 'seconds']

/** The largest unit of which the span is a whole number. */
export function splitSpan(seconds: number): { n: number; unit: SpanUnit } {
  const unit = LARGEST_FIRST.find(each => seconds % SPAN_UNITS[each] === 0) ?? 'seconds'
  return { n: seconds / SPAN_UNITS[unit], unit }
}
