/** A picture that was chosen, dropped or pasted. */

import { ReaderError, type Reader } from './reader'
import { readingOf, type Hindrance, type Reading } from './reading'

export type PictureReading = Reading | { readonly hindrance: Hindrance | 'not_a_picture' | 'no_reader' }

/** Pictures larger than this on their longer side are made smaller first: 12 megapixels find no more than 4. */
const LONGEST_SIDE = 2400
/** A finely drawn code may be lost to the reader at full size and found at half. */
const SCALES = [1, 0.5, 0.25]
const LEAST_SIDE = 200

export async function readPicture(file: Blob, reader: Reader): Promise<PictureReading> {
  const whole = await openPicture(file)
  if (whole === null) return { hindrance: 'not_a_picture' }
  try {
    return await search(whole, reader)
  } catch (error) {
    if (error instanceof ReaderError) return { hindrance: 'no_reader' }
    throw error
  } finally {
    whole.close()
  }
}

async function search(whole: ImageBitmap, reader: Reader): Promise<Reading> {
  let best: Reading = { hindrance: 'no_code' }
  for (const scale of SCALES) {
    const picture = await scaled(whole, scale)
    if (picture === null) break
    const reading = readingOf(await reader.read(picture, { isStill: true }))
    if ('text' in reading || reading.hindrance === 'two_codes') return reading
    if (reading.hindrance === 'unreadable') best = reading
  }
  return best
}

/** The first picture among what was dropped or pasted. */
export function pictureIn(data: DataTransfer | null): File | null {
  return Array.from(data?.files ?? []).find(file => file.type.startsWith('image/')) ?? null
}

async function openPicture(file: Blob): Promise<ImageBitmap | null> {
  return createImageBitmap(file, { imageOrientation: 'from-image' }).catch(() => null)
}

async function scaled(whole: ImageBitmap, scale: number): Promise<ImageBitmap | null> {
  const fit = Math.min(1, LONGEST_SIDE / Math.max(whole.width, whole.height)) * scale
  const resizeWidth = Math.round(whole.width * fit)
  const resizeHeight = Math.round(whole.height * fit)
  if (scale < 1 && Math.max(resizeWidth, resizeHeight) < LEAST_SIDE) return null
  if (resizeWidth < 1 || resizeHeight < 1) return null
  return createImageBitmap(whole, { resizeWidth, resizeHeight, resizeQuality: 'high' })
}
