/** The screens of the app; the address stays behind a `#`, so that the server needs to know one page only. */

import { watch } from 'vue'
import { createRouter, createWebHashHistory, type RouteLocationRaw, type Router } from 'vue-router'
import type { CitizenSession } from './session'
import BindView from './views/BindView.vue'
import LinkDeviceView from './views/LinkDeviceView.vue'
import CardView from './views/CardView.vue'
import CodeView from './views/CodeView.vue'
import DevicesView from './views/DevicesView.vue'
import OutletsView from './views/OutletsView.vue'
import SettingsView from './views/SettingsView.vue'
import SignInView from './views/SignInView.vue'
import TimelineView from './views/TimelineView.vue'

declare module 'vue-router' {
  interface RouteMeta {
    /** Who may see it: anybody, somebody signed in, or a holder whose card is bound. */
    for: 'anybody' | 'signed-in' | 'holder'
    /** The key of its name, which the document's title begins with. */
    title?: string
  }
}

export function createCitizenRouter(session: CitizenSession): Router {
  const router = createRouter({
    history: createWebHashHistory(),
    scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
    routes: [
      { path: '/', name: 'card', component: CardView, meta: { for: 'holder', title: 'app.tab.card' } },
      { path: '/code', name: 'code', component: CodeView, meta: { for: 'holder', title: 'app.code.title' } },
      {
        path: '/timeline',
        name: 'timeline',
        component: TimelineView,
        meta: { for: 'holder', title: 'app.timeline.title' },
      },
      {
        path: '/settings',
        name: 'settings',
        component: SettingsView,
        meta: { for: 'signed-in', title: 'app.settings.title' },
      },
      {
        path: '/devices',
        name: 'devices',
        component: DevicesView,
        meta: { for: 'holder', title: 'app.devices.title' },
      },
      {
        path: '/devices/new',
        name: 'bind-device',
        component: LinkDeviceView,
        meta: { for: 'holder', title: 'app.device.title' },
      },
      {
        path: '/outlets',
        name: 'outlets',
        component: OutletsView,
        meta: { for: 'anybody', title: 'app.outlets.title' },
      },
      {
        path: '/bind',
        name: 'bind',
        component: BindView,
        meta: { for: 'signed-in', title: 'app.bind.title' },
      },
      {
        path: '/sign-in',
        name: 'sign-in',
        component: SignInView,
        meta: { for: 'anybody', title: 'app.signIn.title' },
      },
      { path: '/:rest(.*)', redirect: '/', meta: { for: 'anybody' } },
    ],
  })

  router.beforeEach(async to => {
    if (session.state.session === undefined) await patiently(session, to.name)
    return doorkeeper(to.name, to.meta.for, session)
  })

  // A session that ends, or a card that turns out not to be bound, changes what may be seen at once.
  watch(
    () => [session.state.session?.id, session.state.session?.bound],
    () => {
      const { name, meta } = router.currentRoute.value
      const elsewhere = doorkeeper(name, meta.for, session)
      if (elsewhere !== true) void router.replace(elsewhere)
    },
  )
  return router
}

/** A phone that makes its codes by itself does not keep its holder waiting at a gate for a network that hardly answers. */
const PATIENCE = 2_000

async function patiently({ restore, device }: CitizenSession, name: unknown): Promise<void> {
  const asking = restore()
  if (!device.state.binding) return asking
  if (name !== 'code')
    await Promise.race([asking, new Promise(resolve => window.setTimeout(resolve, PATIENCE))])
}

interface Access {
  readonly state: Pick<CitizenSession['state'], 'session'>
  readonly device: { readonly state: Pick<CitizenSession['device']['state'], 'binding'> }
}

/** Where somebody belongs who wants to see a screen: true, or another screen. */
export function doorkeeper(
  name: unknown,
  seenBy: 'anybody' | 'signed-in' | 'holder' | undefined,
  { state: { session }, device }: Access,
): true | RouteLocationRaw {
  if (session === undefined) return whileUnknown(name, seenBy, device)
  if (session === null) return seenBy === 'anybody' ? true : { name: 'sign-in' }
  if (name === 'sign-in') return { name: 'card' }
  if (session.bound === false) return seenBy === 'holder' ? { name: 'bind' } : true
  return name === 'bind' ? { name: 'card' } : true
}

/** Without a network a linked phone shows its code, and nothing else. */
function whileUnknown(name: unknown, seenBy: unknown, { state }: Access['device']): true | RouteLocationRaw {
  return !state.binding || seenBy === 'anybody' || name === 'code' ? true : { name: 'code' }
}
