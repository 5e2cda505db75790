import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const page = fileURLToPath(new URL('./plugin/console/page/', import.meta.url));

/**
 * The console's page: static files for `plugin/console/page/dist/`, which the service serves as they are. Nothing is
 * inlined, since the page's content security policy takes scripts, styles and fonts from files of its own origin only.
 */
export default defineConfig({
  root: page,
  base: '/',
  publicDir: 'public',
  logLevel: 'warn',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: process.env.COUNTERSIGN_PAGE_OUT ?? `${page}dist`,
    emptyOutDir: true,
    target: 'es2023',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
});
