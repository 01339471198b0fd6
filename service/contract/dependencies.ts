/** One thing that the service needs to answer well. */
export interface Dependency {
  /** Required ones make the service degraded when they are away; optional ones only cost latency. */
  readonly required: boolean;
  /** TCP port of the real one; the embedded substitute has none. */
  readonly port: number;
  /** What it is for. */
  readonly purpose: string;
}

/** The dependencies by the names that readiness checks, metrics and network edges use. */
export const dependencies = {
  llm: { required: true, port: 8001, purpose: 'writes the answer' },
  vector_db: { required: true, port: 6333, purpose: 'finds the passages' },
  embeddings: { required: true, port: 8080, purpose: 'turns questions and passages into vectors' },
  cache: { required: false, port: 6379, purpose: 'answers repeated questions' },
} as const satisfies Record<string, Dependency>;

/** Name of a dependency. */
export type DependencyName = keyof typeof dependencies;
