/** Scratch collections of drills begin with this; nothing else may. */
const prefix = 'ballast-drill-';

/** The scratch collection into which a drill restores one. */
export const drillCollection = (collection: string) => `${prefix}${collection}`;

/** Whether a collection is one of a drill, and never worth a snapshot. */
export const isDrillCollection = (collection: string) => collection.startsWith(prefix);
