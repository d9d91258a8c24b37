/** One configuration for every app: `APP=citizen npx vite build` (or `npx vite` to develop).
 *
 * An app is a folder with an index.html; it is served under `/<app>/`, and `home` at `/` with its assets under `/home/`.
 * A `manifest.json` in the folder makes the app installable. The pages live under a content security policy without
 * 'unsafe-inline', 'unsafe-eval' and `data:` fonts, so nothing here may be inlined – and a style sheet that carries its
 * font as `data:`, as that of Vant's icons does, would show none.
 */
import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import vue from '@vitejs/plugin-vue'
import { VitePWA } from 'vite-plugin-pwa'
import { defineConfig } from 'vitest/config'

const here = import.meta.dirname
const app = process.env['APP']

/** What the server answers itself; while developing, Vite passes it on. */
const served = ['/api', '/trust', '/demo/api', '/openapi.json', '/.well-known']

/** The service worker of an installable app: the pages work offline, answers of the API are never stored. */
function installable(name: string) {
  const manifest = resolve(here, name, 'manifest.json')
  if (!existsSync(manifest)) return []
  return VitePWA({
    manifest: JSON.parse(readFileSync(manifest, 'utf8')),
    registerType: 'prompt',
    injectRegister: false, // the app registers it in its own module: an inline script would be refused
    workbox: {
      globPatterns: ['**/*.{html,js,css,svg,png,woff2,wasm,webmanifest}'],
      maximumFileSizeToCacheInBytes: 4_000_000,
      inlineWorkboxRuntime: true,
      navigateFallback: `/${name}/index.html`,
      navigateFallbackAllowlist: [new RegExp(`^/${name}/`)],
      sourcemap: false,
    },
  })
}

export default defineConfig({
  root: app ? resolve(here, app) : here,
  base: app ? `/${app}/` : '/',
  plugins: [vue(), ...(app ? [installable(app)] : [])],
  resolve: { alias: { '@shared': resolve(here, 'shared') } },
  define: {
    __VUE_OPTIONS_API__: true, // Vant's components are written with it
    __VUE_I18N_FULL_INSTALL__: true,
    __VUE_I18N_LEGACY_API__: false,
    __INTLIFY_PROD_DEVTOOLS__: false,
  },
  build: {
    outDir: resolve(here, 'dist', app ?? ''),
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 2_500, // kB: Swagger UI is one piece
  },
  server: { proxy: Object.fromEntries(served.map(path => [path, 'http://localhost:8000'])) },
  test: { root: here, include: ['tests/**/*.test.ts'], environment: 'happy-dom' },
})
