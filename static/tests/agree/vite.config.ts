/** Makes one program for Node out of `judge.ts` and the verifier that it imports. */

import { resolve } from 'node:path'
import { defineConfig } from 'vite'

const here = import.meta.dirname

export default defineConfig({
  resolve: { alias: { '@shared': resolve(here, '../../shared') } },
  build: {
    ssr: resolve(here, 'judge.ts'),
    target: 'es2022',
    emptyOutDir: false,
    minify: false,
    rollupOptions: { output: { entryFileNames: 'judge.mjs' } },
  },
})
