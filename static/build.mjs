// Builds every app, or those named: `node build.mjs citizen counter`. An app is a folder with an index.html.
import { existsSync, readdirSync } from 'node:fs'
import { build } from 'vite'

process.chdir(import.meta.dirname)

const named = process.argv.slice(2)
const apps = named.length > 0 ? named : readdirSync('.').filter(name => existsSync(`${name}/index.html`))

// One after the other: each build reads its app from the environment, and two at once would double the memory.
for (const app of apps) {
  process.env.APP = app
  await build({ logLevel: 'warn' })
  console.log(`built dist/${app}`)
}
