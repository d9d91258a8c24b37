/** Keys that work anywhere on the page, except under an open dialog; plain characters not while somebody types. */

import { onBeforeUnmount, onMounted } from 'vue'

export function useShortcuts(keys: Record<string, () => void>): void {
  function press(event: KeyboardEvent): void {
    const run = keys[event.key]
    if (!run || event.ctrlKey || event.altKey || event.metaKey || document.querySelector('dialog[open]'))
      return
    if (event.key.length === 1 && isTyping(event.target)) return
    event.preventDefault()
    run()
  }
  onMounted(() => window.addEventListener('keydown', press))
  onBeforeUnmount(() => window.removeEventListener('keydown', press))
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches('input, textarea, select, [contenteditable]')
}
