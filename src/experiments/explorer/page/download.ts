/** @file Files for the person to keep. */

/** Hands over bytes or text as a file. */
export function download(name: string, content: BlobPart, type: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([content], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** A canvas as PNG, on the colour of the page. */
export function downloadCanvas(name: string, canvas: HTMLCanvasElement): void {
  const copy = document.createElement('canvas');
  copy.width = canvas.width;
  copy.height = canvas.height;
  const context = copy.getContext('2d');
  if (context === null) return;
  context.fillStyle = getComputedStyle(document.body).backgroundColor;
  context.fillRect(0, 0, copy.width, copy.height);
  context.drawImage(canvas, 0, 0);
  copy.toBlob((blob) => {
    if (blob !== null) download(name, blob, 'image/png');
  });
}

/** A drawing as SVG, with the colours that it has on the page. */
export function downloadSvg(name: string, svg: SVGSVGElement): void {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  const [from, to] = [svg, copy].map((root) => [root, ...root.querySelectorAll<SVGElement>('*')]);
  for (const [i, element] of from.entries()) {
    const style = getComputedStyle(element);
    for (const property of ['fill', 'stroke', 'stroke-width', 'font-family', 'font-size', 'text-anchor'])
      to[i].setAttribute(property, style.getPropertyValue(property));
    to[i].removeAttribute('class');
  }
  copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  download(name, new XMLSerializer().serializeToString(copy), 'image/svg+xml');
}
