/** The shape of a set of messages: another language has the same keys, and only texts. */
export type Wording<Messages> = {
  [Key in keyof Messages]: Messages[Key] extends string ? string : Wording<Messages[Key]>
}
