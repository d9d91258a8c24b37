/** Whether the code on the screen was made by this phone: then no network is no reason to worry. */

import { ref } from 'vue'

export const worksWithoutNetwork = ref(false)
