import { defineConfig } from 'vitest/config'

// Workspace packages are tested from their TypeScript sources; only worker threads run the built files.
export default defineConfig({
  resolve: { conditions: ['volvox:source'] },
  ssr: { resolve: { conditions: ['volvox:source'] } },
  test: {
    include: ['packages/*/src/**/*.test.ts', 'tests/**/*.test.ts'],
    testTimeout: 60_000,
    pool: 'forks',
  },
})
