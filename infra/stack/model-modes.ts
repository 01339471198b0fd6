import { z } from 'zod';
import type { Mode } from '../../service/contract/metrics.ts';
import { defaultModelTable, modelTableSchema } from '../../service/contract/models.ts';
import { setting } from '../settings.ts';

const mode = modelTableSchema.shape.modes.shape.fast.shape;
const variants = modelTableSchema.shape.variants.unwrap();
const variant = variants.valueType.shape;

const servedMode = (name: Mode) =>
  setting(
    z.strictObject({
      model: setting(mode.model, `Name of the model that the mode ${name} uses.`, 'chat'),
      temperature: setting(mode.temperature, 'How freely that model chooses its words: 0 hardly, 2 most.', 0.3),
      fallback: setting(mode.fallback, 'The mode that takes over while the model is away; null for none.', 'fast'),
    }),
    `The mode ${name}.`,
    { model: 'chat', temperature: 0.3, fallback: null },
  );

const servedVariant = z.strictObject({
  weight: setting(variant.weight, 'Share of the questions, in proportion to the other weights.', 1),
  instructions: setting(variant.instructions, 'Text before the instructions of every prompt.', 'Answer briefly.'),
  models: setting(variant.models, 'Models by mode, in place of those of the modes.', { fast: 'chat' }),
});

/** Configuration `ballast:models.modes`. */
export const modesSettings = setting(
  z
    .strictObject({ creative: servedMode('creative'), balanced: servedMode('balanced'), fast: servedMode('fast') })
    .default(defaultModelTable.modes),
  'Model and temperature of each mode, and what takes over.',
  defaultModelTable.modes,
);

/** Configuration `ballast:models.variants`. */
export const variantsSettings = setting(
  z.record(variants.keyType, servedVariant).default(defaultModelTable.variants),
  'Variants that share the questions by weight.',
  { current: { weight: 9 }, brief: { weight: 1, instructions: 'Answer briefly.' } },
);
