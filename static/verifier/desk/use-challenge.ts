/** The desk's challenge on the screen: always there where the policy says so, else for one customer when the clerk asks for it. */

import { writeChallenge } from '@shared/device'
import { computed, onBeforeUnmount, ref } from 'vue'
import { Challenges, drawNumber } from './challenges'

const TICK = 1_000
const draw = () => drawNumber(into => crypto.getRandomValues(into))

export function useChallenge(isAlwaysOn: () => boolean, steady: () => number = () => performance.now()) {
  const challenges = new Challenges(draw, steady())
  const isAsked = ref(false)
  const number = ref(challenges.current(steady()))
  const isOn = computed(() => isAlwaysOn() || isAsked.value)
  const shown = computed(() => (isOn.value ? number.value : null))
  /** For the QR picture. */
  const text = computed(() => writeChallenge(number.value))

  const look = () => (number.value = challenges.current(steady()))
  const timer = setInterval(look, TICK)
  onBeforeUnmount(() => clearInterval(timer))

  function startOver(): void {
    challenges.startOver(steady())
    look()
  }

  function ask(wanted: boolean): void {
    isAsked.value = wanted
    startOver()
  }

  function settle(answered: number): void {
    challenges.settle(answered, steady())
    isAsked.value = false
    look()
  }

  return {
    shown,
    text,
    ask,
    settle,
    /** The next customer: a new number, and none where the policy asks for none. */
    next: () => ask(false),
    accepted: () => (isOn.value ? challenges.accepted(steady()) : []),
    echo: () => challenges.echo(steady()),
  }
}

export type DeskChallenge = ReturnType<typeof useChallenge>
