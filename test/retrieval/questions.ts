/** A question that the handbook answers. */
export interface HandbookQuestion {
  /** As a user would type it. */
  readonly question: string;
  /** The page that holds the answer, or each of those that do. */
  readonly page: string | readonly string[];
}

const architecture = 'docs/handbook/architecture.md';
const gettingStarted = 'docs/handbook/getting-started.md';
const commands = 'docs/handbook/commands.md';
const api = 'docs/handbook/api.md';
const errors = 'docs/handbook/errors.md';
const authentication = 'docs/handbook/authentication.md';
const documents = 'docs/handbook/documents.md';
const answers = 'docs/handbook/answers.md';
const models = 'docs/handbook/models-and-modes.md';
const costs = 'docs/handbook/costs-and-budgets.md';
const caching = 'docs/handbook/caching.md';
const observability = 'docs/handbook/observability.md';
const dashboards = 'docs/handbook/dashboards.md';
const traces = 'docs/handbook/traces.md';
const health = 'docs/handbook/health.md';
const failureBehaviour = 'docs/handbook/failure-behaviour.md';
const breakers = 'docs/handbook/breakers-and-retries.md';
const overload = 'docs/handbook/overload.md';
const security = 'docs/handbook/security.md';
const development = 'docs/handbook/development.md';
const configuration = 'docs/handbook/configuration.md';
const metrics = 'docs/handbook/metrics.md';
const objectives = 'docs/handbook/objectives.md';
const deployment = 'docs/handbook/deployment.md';
const stack = 'docs/handbook/stack.md';
const stackPicture = 'docs/handbook/stack-picture.md';
const stackConfiguration = 'docs/handbook/stack-configuration.md';
const upgrades = 'docs/handbook/upgrades.md';
const pullRequests = 'docs/handbook/pull-requests.md';
const delivery = 'docs/handbook/delivery.md';
const secrets = 'docs/handbook/secrets-and-rotation.md';
const renderAndDiff = 'docs/handbook/render-and-diff.md';

/**
 * What users ask of the handbook, with the page that answers. Written before retrieval was first run on their pages (but
 * for the one that `npm run up` prints), and not changed to suit it: a miss is a reason to improve a page or the
 * retriever.
 */
export const handbookQuestions: readonly HandbookQuestion[] = [
  { question: 'What parts does Ballast consist of?', page: architecture },
  { question: 'What happens to a question between its arrival and the answer?', page: architecture },
  { question: 'What is the contract and what is it good for?', page: architecture },
  { question: 'which folders may import from which', page: architecture },

  { question: 'How do I start the service for the first time?', page: gettingStarted },
  { question: 'What do I need to install before I can run npm run up?', page: gettingStarted },
  { question: 'How can I ask my first question with curl?', page: gettingStarted },
  { question: 'How do I stop everything again?', page: [gettingStarted, commands] },
  // The question that `npm run up` prints.
  { question: 'How do I change the port?', page: [gettingStarted, configuration] },

  { question: 'How can I follow the logs of the running service?', page: commands },
  { question: 'What exit code does status have when nothing is running?', page: commands },
  { question: 'Can I move the state folder somewhere else?', page: commands },
  { question: 'How do I make a token that is valid for one week?', page: commands },
  { question: 'how to upload a whole folder of files from the command line', page: [commands, documents] },
  { question: 'Can I start a second instance on another port?', page: commands },

  { question: 'Which fields can I send along with a question?', page: api },
  { question: 'What does a 415 response mean?', page: errors },
  { question: 'How big may a request body be?', page: [api, security] },
  { question: 'What does an error response look like?', page: errors },
  { question: 'How do I page through the list of documents?', page: [api, documents] },
  { question: 'Is streaming supported?', page: api },
  { question: 'Which events does a stream send?', page: api },
  { question: 'How can I call the model without any documents?', page: api },
  { question: 'What is the signature of a predict call?', page: api },
  { question: 'How long may a stream take?', page: api },
  { question: 'Where do I find the OpenAPI description?', page: api },
  { question: 'How can a client lower the timeout of a single request?', page: [api, failureBehaviour] },

  { question: 'Why do I get 429?', page: [errors, costs, overload] },
  { question: 'What is the difference between 503 and 504?', page: errors },
  { question: 'What happens when an error occurs in the middle of a stream?', page: [errors, failureBehaviour, api] },

  { question: 'How do I rotate the JWT secret without logging everyone out?', page: authentication },
  { question: 'Which claims must a token have?', page: authentication },
  { question: 'What scopes exist and what do they allow?', page: authentication },
  { question: 'Can I use the public keys of my identity provider?', page: authentication },
  { question: 'How do I open the docs page in a browser?', page: authentication },
  { question: 'Can one tenant see the documents of another tenant?', page: [authentication, documents] },
  { question: 'why is my token rejected with 401', page: [authentication, errors] },

  { question: 'How can I give a token a higher priority?', page: [authentication, overload] },

  { question: 'What file formats can I ingest?', page: documents },
  { question: 'How do I keep my documents in Qdrant?', page: [documents, architecture, answers] },
  { question: 'What if I switch to another embedding model?', page: documents },
  { question: 'How are documents split into chunks?', page: documents },
  { question: 'How do I delete a document?', page: [documents, api] },
  { question: 'What happens if I upload the same document twice?', page: documents },
  { question: "Why can't I remove a document of the shared corpus?", page: documents },
  { question: 'Can it read scanned PDFs?', page: documents },
  { question: 'When are changes in the docs folder picked up?', page: documents },

  { question: 'Why does it say that it found nothing?', page: answers },
  { question: 'What is the difference between the modes creative, balanced and fast?', page: [answers, models] },
  { question: 'What does the score of a citation mean?', page: answers },
  { question: 'Does the embedded model make things up?', page: answers },
  { question: 'How many passages are read for one answer?', page: [answers, api] },
  { question: 'How is the relevance of a passage computed?', page: answers },

  { question: 'How do I get an answer as JSON by a schema?', page: answers },
  { question: 'What is answered when no valid JSON could be had?', page: answers },
  { question: 'How large may a JSON schema be?', page: [answers, security] },

  { question: 'How do I connect a real language model?', page: models },
  { question: 'What goes into the MODELS_FILE?', page: [models, configuration] },
  { question: 'Which models are there by default?', page: models },
  { question: 'What is a downshift?', page: models },
  { question: 'Does a session always get the same variant?', page: models },
  { question: 'When is a variant stopped?', page: models },
  { question: 'Where do I set the price of a model?', page: models },

  { question: 'How do I give a tenant a budget?', page: costs },
  { question: 'What happens when the budget of a tenant is used up?', page: costs },
  { question: 'Can a budget be overrun?', page: costs },
  { question: 'How many questions may a client ask per minute?', page: costs },
  { question: 'How do replicas share the rate limit?', page: costs },
  { question: 'Do I pay for an answer when the client has left?', page: costs },

  { question: 'For how long are answers cached?', page: caching },
  { question: 'What is a stale answer?', page: caching },
  { question: 'Is the cache shared between replicas?', page: caching },
  { question: 'What happens when many identical questions arrive at the same time?', page: caching },
  { question: 'How do I turn on the semantic cache?', page: [caching, configuration] },
  { question: 'When does a cached answer become invalid?', page: caching },
  { question: 'How can I turn the cache off?', page: [caching, configuration] },
  { question: 'How do I know whether an answer came from the cache?', page: [caching, api] },
  { question: 'What happens when the cache is full?', page: caching },
  { question: 'Is the cache shared between tenants?', page: caching },

  { question: 'What fields does a log line have?', page: observability },
  { question: 'How do I find all log lines that belong to one request?', page: observability },
  { question: 'How can I see how much money each tenant has spent?', page: [observability, costs] },
  { question: 'Where can I look at unexpected errors?', page: [observability, api, errors] },
  { question: 'Does Ballast accept the trace ID of my caller?', page: observability },
  { question: 'Which dashboard shows the cost of models?', page: dashboards },
  { question: 'What do the colours and lines on the panels of a dashboard mean?', page: dashboards },
  { question: 'Why is a panel of a dashboard empty?', page: dashboards },
  { question: 'How do I add a panel?', page: dashboards },
  { question: 'how do I get more verbose logging', page: [observability, configuration] },

  { question: 'Which spans does a question have?', page: traces },
  { question: 'Which attribute of a span says what a model call cost?', page: traces },
  { question: 'Is the text of my question in a span?', page: traces },
  { question: 'Which headers does a call to Qdrant carry?', page: traces },

  { question: 'Which endpoint should my readiness probe call?', page: health },
  { question: 'When does the readiness endpoint return 503?', page: health },
  { question: 'How often are the dependencies checked?', page: health },
  { question: 'How can I check whether the language model works?', page: health },
  { question: 'What does strict=1 do?', page: health },
  { question: 'Where can I see free disk space and memory?', page: health },

  { question: 'What happens when the data folder is not writable?', page: failureBehaviour },
  { question: 'What if the SQLite database is corrupt?', page: failureBehaviour },
  { question: 'Port 8000 is already taken, what now?', page: [failureBehaviour, gettingStarted] },
  { question: 'What does exit code 78 mean?', page: [failureBehaviour, configuration, commands] },
  { question: 'What happens when an answer takes too long?', page: failureBehaviour },
  { question: 'Is anything lost after kill -9?', page: failureBehaviour },
  { question: 'What happens to running requests during a shutdown?', page: failureBehaviour },
  { question: 'What does a second SIGTERM do?', page: failureBehaviour },
  { question: 'What happens after an unhandled rejection?', page: failureBehaviour },
  { question: 'Does the service start when the corpus folder is missing?', page: failureBehaviour },

  { question: 'What happens when Redis is away?', page: [failureBehaviour, costs] },
  { question: 'What if Qdrant cannot be reached?', page: failureBehaviour },
  { question: 'What happens when every model is down?', page: failureBehaviour },
  { question: 'What does degradation retrieval_only mean?', page: failureBehaviour },

  { question: 'When does a circuit breaker open?', page: breakers },
  { question: 'How does a breaker close again?', page: breakers },
  { question: 'How often is a failed call retried?', page: breakers },
  { question: 'What happens when a model answers with 429?', page: [breakers, overload] },
  { question: 'How do I set another breaker threshold for one model?', page: [breakers, models] },
  { question: 'Which questions are refused first under overload?', page: overload },
  { question: 'How many questions are answered at once?', page: overload },

  { question: 'Is it safe against prompt injection?', page: security },
  { question: 'Are prompts and answers written to the log?', page: [security, observability] },
  { question: 'How are secrets kept out of the logs?', page: [security, observability] },
  { question: 'Which websites may call the API from a browser?', page: security },
  { question: 'Which security headers are set on responses?', page: security },
  { question: 'Who can read the file that holds the JWT secret?', page: security },

  { question: 'How do I add a new metric?', page: development },
  { question: 'How do I run only the unit tests?', page: [development, commands] },
  { question: 'Which files are generated and must not be edited by hand?', page: development },
  { question: 'How do I format the code?', page: development },
  { question: 'Where does a unit test belong?', page: development },
  { question: 'What does npm run test:mutants do?', page: [commands, development] },
  { question: 'Does npm run up start a redis-server?', page: commands },

  { question: 'Which variable sets how long answers stay in the cache?', page: configuration },
  { question: 'Which environment variable changes the port?', page: configuration },
  { question: 'What is the default of REQUEST_TIMEOUT_SECS?', page: configuration },
  { question: 'Where do I list the proxies I trust?', page: [configuration, security] },
  { question: 'How many answers does the memory cache hold by default?', page: [configuration, caching] },
  { question: 'What is REDIS_URL for?', page: [configuration, architecture, caching] },
  { question: 'What values does LOG_LEVEL accept?', page: [configuration, observability] },
  { question: 'Which variable sets how long running requests may take after SIGTERM?', page: configuration },
  { question: 'What is CIRCUIT_BREAKER_FAILURE_THRESHOLD for?', page: configuration },

  { question: 'Which metric counts questions by how they ended?', page: metrics },
  { question: 'What labels does llm_tokens_total have?', page: metrics },
  { question: 'Is there a metric for active sessions?', page: metrics },

  { question: 'What share of questions do we promise to answer?', page: objectives },
  { question: 'How can I see how much of the error budget is left?', page: objectives },
  { question: 'What is a burn rate?', page: objectives },
  { question: 'how do I add a service level objective', page: objectives },

  { question: 'How do I deploy the stack to Kubernetes?', page: deployment },
  { question: 'Where does Pulumi keep its state?', page: deployment },
  { question: 'How do I give the stack the key of a model provider?', page: [deployment, secrets] },
  { question: 'How can I see what is missing on my cluster before I deploy?', page: [deployment, commands] },
  { question: 'How do I take the production stack down for good?', page: deployment },
  { question: 'Can I take the stack down and keep its data?', page: deployment },
  { question: 'How do I bring a stack back on the volumes that were kept?', page: deployment },
  { question: 'Why does Pulumi refuse to destroy the production stack?', page: deployment },
  { question: 'What do I do about a conflict with another field manager?', page: deployment },
  { question: 'How do I open Grafana?', page: deployment },
  { question: 'Why do pods stay pending?', page: deployment },

  { question: 'How do I switch a part of the stack off?', page: stack },
  { question: 'Can I use my existing Redis instead of the one in the stack?', page: stack },
  { question: 'How does the API scale without KEDA?', page: stack },
  { question: 'How do I switch autoscaling off again?', page: stack },
  { question: 'Why are there no traces in Jaeger?', page: stack },
  { question: 'How do I try a new version on ten percent of the traffic?', page: stack },
  { question: 'Which network connections are allowed in the cluster?', page: [stack, stackPicture] },
  { question: 'What do I have to set on a cluster with Cilium?', page: stack },
  { question: 'How do I use my existing Prometheus operator?', page: [stack, stackConfiguration] },
  { question: 'How do I add a staging environment?', page: stack },
  { question: 'How do I change a field of a Kubernetes object for which there is no setting?', page: stack },

  { question: 'How do I upgrade Qdrant to a newer version?', page: upgrades },
  { question: 'How are images pinned by digest?', page: upgrades },
  { question: 'How do I make a volume larger?', page: upgrades },

  { question: 'How are secrets kept out of the preview comment?', page: pullRequests },
  { question: 'What if a preview is too long for a comment on GitHub?', page: pullRequests },
  { question: 'When does a change fall below a PodDisruptionBudget?', page: pullRequests },

  { question: 'What happens on GitHub after I merge to main?', page: delivery },
  { question: 'Which environments and variables do I set up in GitHub?', page: delivery },
  { question: 'Who approves a deployment to prod?', page: delivery },
  { question: 'Is it safe to run the workflows for pull requests from forks?', page: delivery },

  { question: 'How do I rotate the password of Redis in the cluster?', page: secrets },
  { question: 'Where is the password of the Grafana admin?', page: [secrets, deployment] },
  { question: 'Can the passwords come from Vault?', page: secrets },
  { question: 'In which order do I rotate a secret that comes from a store?', page: secrets },
  {
    question: 'What happens to tokens when the signing secret in the cluster is rotated?',
    page: [secrets, authentication],
  },

  { question: 'How do I get the stack as plain YAML manifests?', page: renderAndDiff },
  { question: 'What does a replace warning in a diff mean?', page: renderAndDiff },
  { question: 'Do rendered manifests contain passwords?', page: renderAndDiff },
  { question: 'Can I deploy with Argo CD?', page: renderAndDiff },

  { question: 'What is the default of maxMemory for Redis?', page: stackConfiguration },
  { question: 'Which key sets the number of Qdrant nodes?', page: stackConfiguration },
];

/** Questions that the handbook does not answer: off its topic first, then near it. */
export const absentQuestions: readonly string[] = [
  'What is the capital of Australia?',
  'How do I bake sourdough bread?',
  'Who won the football world cup in 2014?',
  'How many moons does Jupiter have?',
  'When should I prune my roses?',
  'When did the Roman Empire fall?',
  'How long should I boil an egg?',
  'Which wine goes well with salmon?',
  'What is the population of Tokyo?',
  'Who painted the Mona Lisa?',
  'What is the offside rule in soccer?',
  'How tall is Mount Everest?',
  'What will the weather be like tomorrow?',
  'How do I change a flat tyre?',

  'How do I create a Kafka topic with three partitions?',
  'How do I send push notifications to iOS devices?',
  'Does it support GraphQL subscriptions?',
  'How do I fine-tune a model with LoRA adapters?',
  'How do I set up a MongoDB replica set?',
  'Can users log in with a fingerprint?',
  'How do I publish a Terraform module?',
  'Which GPU do I need for training?',
  'How do I set up a VPN between two data centres?',
  'Can it generate images from a prompt?',
  'How do I connect it to Discord?',
  'Is there a Java SDK?',
  'How do I sort a list in Python?',
  'How do I declare a durable RabbitMQ queue?',
  'Where do I upload a voice sample for text to speech?',
  'How do I mirror a MySQL database to another region?',

  'What do I do when QdrantMemoryHigh fires?',
  'What do I do when GatewayCertificateSlow fires?',
  'What does QUEUE_MAX_RETRY mean?',
  'How do I set QUEUE_MAX_RETRY?',
  'What does MODEL_CACHE_LIMIT mean?',
  'What is the default of MODEL_CACHE_LIMIT?',
];
