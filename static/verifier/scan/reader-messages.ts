/** What the page and its reader say to each other. */

export interface ReadRequest {
  readonly id: number
  readonly picture: ImageBitmap
  /** A still picture is searched at leisure, a frame of the camera is not: the next one is coming. */
  readonly isStill: boolean
}

export interface Found {
  readonly text: string
  /** False for a code that was seen but could not be read: blurred, too far, cut off. */
  readonly isReadable: boolean
}

export interface ReadAnswer {
  readonly id: number
  /** Null when the reader could not be started. */
  readonly found: readonly Found[] | null
}
