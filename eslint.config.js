import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

export default defineConfig(
  { ignores: ['**/node_modules/', '.ballast*/', 'dist/', 'coverage/', 'eslint.config.js'] },
  tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { project: 'tsconfig.json', tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      // Numbers in messages are clear without String().
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // A port's methods are async for the adapters that need it; an embedded one may answer at once.
      '@typescript-eslint/require-await': 'off',
      // A property is left out of an object by taking the rest.
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      // Fastify's type providers and our metric handles are objects of types; `{}` is what they mean.
      '@typescript-eslint/no-empty-object-type': 'off',
      '@typescript-eslint/no-generated-empty-object-type': 'off',
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportDefaultDeclaration', message: 'Name what you export, so that it has one name everywhere.' },
      ],
    },
  },
  // A JSDoc type on a variable is the cast that JavaScript has.
  { files: ['**/*.js'], rules: { '@typescript-eslint/no-unsafe-assignment': 'off' } },
  { files: ['*.config.*'], rules: { 'no-restricted-syntax': 'off' } },
);
