// Styles first, so that those of a component come later and win.
import 'vant/es/style/base.css'
import '@shared/ui/base.css'
import '@shared/ui/controls.css'
import './citizen.css'
import { browserClient } from '@shared/api/browser'
import { createLanguages } from '@shared/i18n'
import { createApp } from 'vue'
import App from './App.vue'
import { createCitizenRouter } from './router'
import { createSession, sessionKey } from './session'
import { en } from './messages/en'
import { zh } from './messages/zh'
import { applyTypeSize } from './type-size'
import { keepOffline } from './offline'

const languages = createLanguages({ zh, en })
const session = createSession(browserClient(languages.tag))

applyTypeSize()
createApp(App)
  .use(languages.plugin)
  .use(createCitizenRouter(session))
  .provide(sessionKey, session)
  .mount('#app')
keepOffline()
