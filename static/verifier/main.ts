import { createLanguages } from '@shared/i18n'
import { createApp } from 'vue'
import App from './App.vue'
import { en } from './messages/en'
import { zh } from './messages/zh'
import { languageKey } from './device/device'
import '@shared/ui/base.css'
import '@shared/ui/controls.css'
import './verifier.css'

const languages = createLanguages({ zh, en })

createApp(App).use(languages.plugin).provide(languageKey, languages.tag).mount('#app')
