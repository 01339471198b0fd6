import { Worker } from 'node:worker_threads';
const mb=Number(process.argv[2]), big=process.argv[3]==='big', n=Number(process.argv[4]);
const w=new Worker(new URL('./schema-worker.ts',import.meta.url),{workerData:{strict:true},resourceLimits:{maxOldGenerationSizeMb:mb,maxYoungGenerationSizeMb:8}});
w.on('error',(e)=>{console.log(mb,'ERR',(e as any).code);process.exit()});
await new Promise(r=>w.once('message',r));
let b=performance.now();
for(let i=0;i<n;i++){const schema=big?{properties:Object.fromEntries(Array.from({length:290},(_,k)=>[`p${i}_${k}`,{type:'string',minLength:1}]))}:{type:'object',properties:{[`p${i}`]:{type:'string',minLength:i}}};
 await new Promise<any>(r=>{w.once('message',r);w.postMessage({schema:JSON.stringify(schema),value:'{"a":"x"}'})}); if(i%Math.ceil(n/5)===0)console.log(i,((await (w as any).getHeapStatistics()).used_heap_size/1e6).toFixed(0))}
console.log(mb,'ok',((await (w as any).getHeapStatistics()).used_heap_size/1e6).toFixed(0),((performance.now()-b)/1000).toFixed(1)+'s'); process.exit();
