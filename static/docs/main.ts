// Styles first, so that those of a component come later and win.
import '@shared/ui/base.css'
import 'swagger-ui-dist/swagger-ui.css'
import './docs.css'
import { browserClient, readCookie } from '@shared/api/browser'
import { createLanguages } from '@shared/i18n'
import SwaggerUI from 'swagger-ui-dist/swagger-ui-es-bundle.js'
import { createApp } from 'vue'
import App from './App.vue'

const languages = createLanguages({ zh: { title: '接口文档' }, en: { title: 'API documentation' } })

createApp(App, { client: browserClient(languages.tag) })
  .use(languages.plugin)
  .mount('#app')

SwaggerUI({
  url: '/openapi.json',
  dom_id: '#reference',
  deepLinking: true,
  // A picture from a validator elsewhere would be refused, and would tell it who reads.
  validatorUrl: null,
  /** Requests tried from the page carry the session's CSRF token, as those of the apps do. */
  requestInterceptor: request => {
    const isCounter = /\/api\/v1\/(counter|unit|audit)\//.test(request.url)
    const token = readCookie(isCounter ? 'ecard_counter_csrf' : 'ecard_csrf')
    if (token && request.method !== 'GET') request.headers['X-CSRF-Token'] = token
    return request
  },
})
