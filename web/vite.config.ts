import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { svelteTesting } from '@testing-library/svelte/vite';
import { defineConfig } from 'vitest/config';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const app = process.env['APP'] ?? 'console';
const testing = process.env['VITEST'] !== undefined;

export default defineConfig({
  root: testing ? here('.') : here(`./${app}`),
  // Relative addresses, so that a city may serve the console below a path of its own.
  base: './',
  plugins: [svelte({ configFile: here('./svelte.config.js') }), ...(testing ? [svelteTesting()] : [])],
  resolve: { alias: { $lib: here('./lib') } },
  build: {
    outDir: here(`./dist/${app}`),
    emptyOutDir: true,
    // The policy allows neither data: addresses nor inline scripts, and every browser we serve preloads modules.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
  },
  server: {
    // `npm run dev` beside a running stack; the console's address is a setting like any other.
    proxy: { '/v1': process.env['HEJNAL_CONSOLE_URL'] ?? 'http://127.0.0.1:8000' },
  },
  test: {
    environment: 'happy-dom',
    include: ['console/**/*.test.ts', 'lib/**/*.test.ts'],
  },
});
