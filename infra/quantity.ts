/**
 * Factors of the suffixes: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/, and beside those n and
 * u, which the API server takes, too: https://pkg.go.dev/k8s.io/apimachinery/pkg/api/resource
 */
const factors: ReadonlyMap<string, number> = new Map([
  ['n', 1e-9],
  ['u', 1e-6],
  ['m', 1e-3],
  ['', 1],
  ['k', 1e3],
  ['M', 1e6],
  ['G', 1e9],
  ['T', 1e12],
  ['P', 1e15],
  ['E', 1e18],
  ['Ki', 2 ** 10],
  ['Mi', 2 ** 20],
  ['Gi', 2 ** 30],
  ['Ti', 2 ** 40],
  ['Pi', 2 ** 50],
  ['Ei', 2 ** 60],
]);

/**
 * The number that a Kubernetes quantity stands for: cores, or bytes. It has a suffix or an exponent, or neither.
 *
 * @throws when it is none, or negative, which cores and bytes never are.
 */
export function parseQuantity(quantity: string): number {
  const [, digits = '', exponent = '', suffix = ''] =
    /^\+?(\d+\.?\d*|\.\d+)(?:([eE][+-]?\d+)|([A-Za-z]*))$/.exec(quantity) ?? [];
  const factor = factors.get(suffix);
  if (digits === '' || factor === undefined) {
    throw new Error(`${JSON.stringify(quantity)} is no Kubernetes quantity, such as 250m, 2 or 512Mi`);
  }
  return Number(digits + exponent) * factor;
}

/** Cores as a quantity, in thousandths, rounded up. */
export const cores = (number: number): string => `${Math.ceil(Number((number * 1000).toFixed(6)))}m`;

/** Bytes as a quantity, in mebibytes, rounded up. */
export const mebibytes = (number: number): string => `${Math.ceil(number / 2 ** 20)}Mi`;
