// Styles first, so that those of a component come later and win.
import '@shared/ui/base.css'
import '@shared/ui/controls.css'
import './counter.css'
import { browserClient } from '@shared/api/browser'
import { createLanguages } from '@shared/i18n'
import { createApp } from 'vue'
import App from './App.vue'
import { createStaffSession, staffSessionKey } from './session'
import { en } from './messages/en'
import { zh } from './messages/zh'

const languages = createLanguages({ zh, en })

createApp(App)
  .use(languages.plugin)
  .provide(staffSessionKey, createStaffSession(browserClient(languages.tag, 'counter')))
  .mount('#app')
