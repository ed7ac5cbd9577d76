/** @file The fixed text of the report: question, ladder, conventions, limits. HTML paragraphs. */

export const QUESTION = `<p><strong>The question.</strong> Which training examples made a network do what it does on one input, the
<em>query</em>? An <em>influence function</em> says, without retraining, how the query's loss would change if an example were left
out: score = ∇m(query)ᵀ C⁻¹ ∇L(example), where C is the curvature of the mean training loss. The exact curvature, the Hessian, is
too large for big networks, so practice puts coarser and coarser matrices in its place, the ladder below. Does a better matrix
give better scores, and which replacement costs most?</p>
<p><strong>The test.</strong> Here networks are small enough for every matrix to be exact, and the scores must predict what
happens when networks are trained anew on random halves of the training set. The rank correlation of prediction and outcome is
the <em>LDS</em>: 1 is perfect, 0 is chance. Training is noisy, so even a perfect predictor reaches only the <em>noise
ceiling</em>.</p>
<p><strong>The claim.</strong> The experiment is that of Hong, Eschenhagen, Mlodozeniec and Turner, <em>Better Hessians
Matter</em> (2025), “the paper” below, whose answer is yes: LDS in the order Hessian ≳ GGN &gt; Block-GGN &gt; EK-FAC &gt; K-FAC.
Every number on this page was computed anew.</p>`;

export const LADDER: readonly string[] = [
  `<dl><dt>Hessian H</dt><dd>Exact second derivatives of the mean loss. May have negative eigenvalues.</dd>
<dt>GGN</dt><dd>Generalised Gauss–Newton matrix: keeps the curvature of the loss, drops that of the network. Never negative.</dd>
<dt>Block-GGN</dt><dd>Forgets how parameters of different layers interact: one block per layer.</dd>
<dt>EK-FAC</dt><dd>Takes the eigenvectors of a block to be those of a Kronecker product of two small matrices, G of the layer's output gradients and A of its inputs; the value along each is the true one.</dd>
<dt>K-FAC</dt><dd>The Kronecker product G ⊗ A itself: its eigenvalues are products, not the true ones.</dd>
<dt>Gradient dot</dt><dd>No curvature at all, for comparison.</dd></dl>`,
];

export const JUDGING: readonly string[] = [
  `<p>A method is judged by what it predicts. For each of many random halves of the training set, networks are trained anew
with several seeds, and a query's loss is averaged over them. The method predicts the same from the full network alone, by adding the scores
of the examples that were left out. The rank correlation of the two over the halves, averaged over queries, is the
<em>linear data-modelling score</em> (LDS): 1 is perfect, 0 is chance. Training is noisy, so even a perfect
prediction of the expected loss would not reach 1. What it would reach is the <em>noise ceiling</em>: an LDS is to be read
as “so much of a possible so much”. The other yardstick needs no retraining: the <em>error of the inverse</em> (Eq. 9) is
‖H Ĥ⁻¹ g − g‖² / ‖g‖², averaged over the gradients g of the training examples.</p>`,
];

export const CONVENTIONS: readonly string[] = [
  `<p><strong>Sign.</strong> score[q, i] &gt; 0: leaving training example i out is predicted to <em>raise</em> the loss of
query q; the example helped. Negative: it harmed. <strong>Scale.</strong> The predicted change of the query's loss on
leaving out a set is (1/N) times the sum of its scores, N being the number of training examples. <strong>Units.</strong> C
is the curvature of the <em>mean</em> loss, and ε is absolute in its units: eigenvalues with |λ| ≤ ε count as zero, negative
ones beyond −ε are inverted as they are. <strong>Intervals</strong> are 95 % bootstrap intervals. Where several base networks
were trained they cover the draw of the networks and that of the subsets, elsewhere the draw of the subsets alone, as said at each table; never the choice of
queries or of the training seeds. Changes between methods are compared pairwise on the same resamples. <strong>Seconds</strong> are those of one core, for curvature, eigendecomposition
and scores; they were measured while other tasks ran.</p>`,
];

export const LIMITS: readonly string[] = [
  `<ul><li>One small data set (1,797 images of 8 × 8 pixels), one split of it, and small networks.</li>
<li>The scores belong to one or a few trained networks; other seeds give other ones.</li>
<li>The order of the methods depends on ε, on how negative eigenvalues are treated, on momentum and on the scaling of inputs;
unless said otherwise this page shows one choice, that of the paper where it states one.</li>
<li>LDS judges rankings, not the size of predicted changes.</li>
<li>An interval that includes zero claims nothing, and one in twenty comparisons without a difference is decided by chance.</li>
<li>Fewer retrainings than the paper’s lower every LDS and its ceiling, and widen the intervals; such settings are marked †.</li></ul>`,
];
