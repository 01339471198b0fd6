/** Factors of the suffixes: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/ */
const factors: Readonly<Record<string, number>> = {
  '': 1,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};

/**
 * The number that a Kubernetes quantity stands for: cores, or bytes.
 *
 * @throws when it is none.
 */
export function parseQuantity(quantity: string): number {
  const [, digits = '', suffix = ''] = /^(\d+(?:\.\d+)?)([A-Za-z]*)$/.exec(quantity) ?? [];
  const factor = factors[suffix];
  if (digits === '' || factor === undefined) {
    throw new Error(`${JSON.stringify(quantity)} is no Kubernetes quantity, such as 250m, 2 or 512Mi`);
  }
  return Number(digits) * factor;
}

/** Cores as a quantity, in thousandths, rounded up. */
export const cores = (number: number): string => `${Math.ceil(Number((number * 1000).toFixed(6)))}m`;

/** Bytes as a quantity, in mebibytes, rounded up. */
export const mebibytes = (number: number): string => `${Math.ceil(number / 2 ** 20)}Mi`;
