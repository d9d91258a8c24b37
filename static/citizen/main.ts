// Styles first, so that those of a component come later and win.
import 'vant/es/style/base.css'
import '@shared/ui/base.css'
import '@shared/ui/controls.css'
import './citizen.css'
import { devicesApi } from '@shared/api/devices'
import { browserClient } from '@shared/api/browser'
import { createLanguages } from '@shared/i18n'
import { createApp } from 'vue'
import App from './App.vue'
import { browserHands, createClock } from './device/clock'
import { createHolderDevice } from './device/holder-device'
import { browserMarker } from './device/marker'
import { openMemoryIfAllowed } from './device/memory'
import { keepUp } from './device/upkeep'
import { createCitizenRouter } from './router'
import { createSession, sessionKey } from './session'
import { en } from './messages/en'
import { zh } from './messages/zh'
import { applyTypeSize } from './type-size'
import { keepOffline } from './offline'

const languages = createLanguages({ zh, en })
const client = browserClient(languages.tag)
const memory = await openMemoryIfAllowed()
const clock = createClock(browserHands, record => void memory?.keepClock(record).catch(() => undefined))
const device = createHolderDevice({
  api: devicesApi(client),
  memory,
  marker: browserMarker,
  clock,
})
const session = createSession(client, device)

applyTypeSize()
await device.read()
createApp(App)
  .use(languages.plugin)
  .use(createCitizenRouter(session))
  .provide(sessionKey, session)
  .mount('#app')
keepOffline()
keepUp(session)
