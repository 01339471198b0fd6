import { describeMlflow } from '../../infra/stack/mlflow/mlflow.ts';
import { mlflowSettings } from '../../infra/stack/mlflow/settings.ts';
import { mlflow } from '../../tools/mlflow.ts';
import { freePort, statusOf } from '../processes.ts';
import { ReadOnlyProcess } from './read-only.ts';

const settings = mlflowSettings.parse({ hosts: ['mlflow.example.com'] });
const [workload] = describeMlflow({
  ...settings,
  images: {},
  namespace: 'rag',
  rotation: 1,
  keepData: false,
}).workloads;
const container = workload?.containers[0];

/** The real MLflow with the generated command and variables, but for the port and the folders, which are its own. */
export class MlflowServer {
  readonly port: number;
  readonly #process = new ReadOnlyProcess();
  readonly #program: string;

  private constructor(port: number, program: string) {
    this.port = port;
    this.#program = program;
  }

  /** Installs MLflow where it is not yet, starts it, and waits until it answers. */
  static async create(): Promise<MlflowServer> {
    const server = new MlflowServer(await freePort(), await mlflow());
    try {
      await server.start();
    } catch (error) {
      // Nobody else has it yet to end it by.
      await server.remove();
      throw error;
    }
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Where it keeps everything. */
  get folder(): string {
    return this.#process.folder;
  }

  /** Starts it again after {@link end}. */
  async start(): Promise<void> {
    const here = (text: string) => text.replace(/\/data\b|^\/tmp\b/, this.folder);
    const places: Readonly<Record<string, string>> = {
      '0.0.0.0': '127.0.0.1',
      '5001': String(this.port),
      mlflow: this.#program,
    };
    const command = (container?.command ?? []).map((arg) => places[arg] ?? here(arg));
    const environment: Record<string, string> = { MLFLOW_CRYPTO_KEK_PASSPHRASE: 'x'.repeat(48) };
    for (const [name, value] of Object.entries(container?.environment ?? {})) environment[name] = here(value);
    await this.#process.start(command, environment, async () => (await statusOf(`${this.url}/health`)) === 200);
  }

  /** Asks it to end, and waits until it has. */
  end(): Promise<void> {
    return this.#process.end();
  }

  /** Ends it at once, with all that it keeps. */
  remove(): Promise<void> {
    return this.#process.remove();
  }
}
