import { createApp, h } from 'vue'
createApp({ render: () => h('h1', '广州电子社会保障卡') }).mount('#app')
