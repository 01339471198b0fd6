import { ESLint } from 'eslint';
import { join } from 'node:path';
import ts from 'typescript';
import { root } from '../processes.ts';

// Prints as JSON what the compiler and the linter say of the code: nothing, where all is well. Both use one program, whose
// types are then worked out once: the linter alone takes as long as the two together.
const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), (path) => ts.sys.readFile(path)) as {
  config: unknown;
};
const { fileNames, options, errors } = ts.parseJsonConfigFileContent(config, ts.sys, root);
const program = ts.createProgram({ rootNames: fileNames, options, configFileParsingDiagnostics: errors });
const compiler = ts.formatDiagnostics(ts.getPreEmitDiagnostics(program), {
  getCanonicalFileName: (path) => path,
  getCurrentDirectory: () => root,
  getNewLine: () => '\n',
});

const eslint = new ESLint({
  cwd: root,
  overrideConfig: { languageOptions: { parserOptions: { project: null, programs: [program] } } },
});
const formatter = await eslint.loadFormatter('stylish');
const linter = await formatter.format(await eslint.lintFiles('.'));
console.log(JSON.stringify({ compiler, linter }));
