// Styles first, so that those of a component come later and win.
import '@shared/ui/base.css'
import '@shared/ui/controls.css'
import { browserClient } from '@shared/api/browser'
import { createLanguages } from '@shared/i18n'
import { createApp } from 'vue'
import App from './App.vue'
import { en } from './messages/en'
import { zh } from './messages/zh'

const languages = createLanguages({ zh, en })

createApp(App, { client: browserClient(languages.tag) })
  .use(languages.plugin)
  .mount('#app')
