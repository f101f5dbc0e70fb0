using System.Text;
using QRCoder;

namespace GifShare.ApiFrontend.Collections;

/// <summary>Renders a QR code as SVG: black on white in every theme, with the quiet zone of four modules that readers require.</summary>
internal static class QrCode
{
    public static string Svg(string text)
    {
        // Error correction level M: a code on a screen is undamaged, and fewer modules are easier to scan from a distance.
        using var code = QRCodeGenerator.GenerateQrCode(text, QRCodeGenerator.ECCLevel.M);
        var rows = code.ModuleMatrix;
        var size = rows.Count;
        var path = new StringBuilder();
        for (var y = 0; y < size; y++)
            for (var x = 0; x < size; x++)
            {
                if (!rows[y][x])
                    continue;
                var run = 1;
                while (x + run < size && rows[y][x + run])
                    run++;
                path.Append('M').Append(x).Append(' ').Append(y).Append('h').Append(run).Append("v1h-").Append(run).Append('z');
                x += run;
            }

        return $"""<svg xmlns="http://www.w3.org/2000/svg" width="{size * 8}" height="{size * 8}" viewBox="0 0 {size} {size}" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h{size}v{size}H0z"/><path fill="#000" d="{path}"/></svg>""";
    }
}
