// Pulumi's policy runner requires this file. Node 24 runs the TypeScript behind it as it is.
import './pack.ts';
