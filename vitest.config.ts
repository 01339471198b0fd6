import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        // Beside the code: quick, nothing installed beyond npm's packages.
        test: { name: 'unit', include: ['{service,commands}/**/*.test.ts'], setupFiles: ['test/property.setup.ts'] },
      },
      {
        // Across folders: real processes, real tools.
        test: {
          name: 'system',
          include: ['test/**/*.test.ts'],
          globalSetup: ['test/tools.setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
