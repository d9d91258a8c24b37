/** Elder mode: large type and targets of 60 pixels. Size 0 is the ordinary one, 1 to 4 are body types of 19 to 30 pixels. */

import { ref, readonly } from 'vue'

export const TYPE_SIZES = [1, 2, 3, 4] as const
export type TypeSize = 0 | (typeof TYPE_SIZES)[number]

const MEMORY = 'ecard.type-size'
const size = ref<TypeSize>(0)

export const typeSize = readonly(size)

export function applyTypeSize(): void {
  show(remembered())
}

export function setTypeSize(chosen: TypeSize): void {
  show(chosen)
  try {
    localStorage.setItem(MEMORY, String(chosen))
  } catch {
    // A browser that stores nothing still enlarges this visit.
  }
}

function show(chosen: TypeSize): void {
  size.value = chosen
  if (chosen === 0) delete document.documentElement.dataset['typeSize']
  else document.documentElement.dataset['typeSize'] = String(chosen)
}

function remembered(): TypeSize {
  try {
    const text = localStorage.getItem(MEMORY)
    return TYPE_SIZES.find(each => String(each) === text) ?? 0
  } catch {
    return 0
  }
}
