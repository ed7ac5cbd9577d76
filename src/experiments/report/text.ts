/** @file The fixed text of the report: question, ladder, conventions, limits. HTML paragraphs. */

export const QUESTION: readonly string[] = [
  `<p>An <em>influence function</em> says, without retraining, how a network's loss on one query would change if a training
example were left out: score = ∇m(query)ᵀ C⁻¹ ∇L(example), where C is the curvature of the mean training loss. The exact
Hessian is large, so practice replaces it by coarser and coarser matrices. How much does each replacement cost?</p>`,
  `<p>Here every matrix is computed exactly and inverted by eigendecomposition, and the scores are put to the test: networks
are trained anew on random halves of the training set, and the <em>linear data-modelling score</em> (LDS) is the rank
correlation, over those halves, between a query's predicted and its measured loss, averaged over queries. 1 is perfect, 0 is
chance. Training is noisy, so even a perfect prediction of the expected loss would not reach 1: its LDS is the <em>noise
ceiling</em>. The experiment is that of Hong, Eschenhagen, Mlodozeniec and Turner, <em>Better Hessians Matter</em> (2025).</p>`,
];

export const LADDER: readonly string[] = [
  `<dl><dt>Hessian</dt><dd>Exact second derivatives of the mean loss; may have negative eigenvalues.</dd>
<dt>GGN</dt><dd>Generalised Gauss–Newton matrix: drops the curvature of the network itself, keeps that of the loss. Never negative.</dd>
<dt>Block-GGN</dt><dd>Forgets how parameters of different layers interact.</dd>
<dt>EK-FAC</dt><dd>Within a layer, eigenvectors of a Kronecker product of two small matrices; the eigenvalues are corrected.</dd>
<dt>K-FAC</dt><dd>The Kronecker product itself.</dd>
<dt>Gradient dot</dt><dd>No curvature at all, for comparison.</dd></dl>`,
];

export const CONVENTIONS: readonly string[] = [
  `<p><strong>Sign.</strong> score[q, i] &gt; 0: leaving training example i out is predicted to <em>raise</em> the loss of
query q; the example helped. Negative: it harmed. <strong>Scale.</strong> The predicted change of the query's loss on
leaving out a set is (1/N) times the sum of its scores, N being the number of training examples. <strong>Units.</strong> C
is the curvature of the <em>mean</em> loss, and ε is absolute in its units: eigenvalues with |λ| ≤ ε count as zero, negative
ones beyond −ε are inverted as they are. <strong>Intervals</strong> are 95 % bootstrap intervals over subsets: they say how
much the choice of subsets matters, not the choice of queries, of the base network or of the training seeds. Changes between methods are
compared pairwise on the same resamples. <strong>Seconds</strong> are those of one core, for curvature, eigendecomposition
and scores; they were measured while other tasks ran.</p>`,
];

export const LIMITS: readonly string[] = [
  `<p>One small data set (1,797 images of 8 × 8 pixels) and small networks. The scores belong to one trained network; another
seed gives another one. The order of the methods is known to depend on ε, on how negative eigenvalues are treated, on
momentum and on the scaling of inputs; this page shows one choice. LDS judges rankings, not the size of predicted
changes. An interval that includes zero claims nothing.</p>`,
];
