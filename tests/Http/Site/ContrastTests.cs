using System.Globalization;
using System.Text.RegularExpressions;
using GifShare.ApiFrontend.Site;
using GifShare.Http.Tests.Http;

namespace GifShare.Http.Tests.Site;

/// <summary>The colours of tokens.css, computed: text 4.5 to 1, edges of fields and marks 3 to 1, in light and in dark.</summary>
public sealed partial class ContrastTests(ConventionsProduct product) : IClassFixture<ConventionsProduct>
{
    private static readonly string[] Grounds = ["paper", "surface", "sunken"];

    private static readonly (string Ink, string Ground, double Ratio)[] Pairs =
    [
        .. from ink in (string[])["ink", "soft", "accent", "accent-strong", "bad", "warn", "heart"] from ground in Grounds select (ink, ground, 4.5),
        .. from ground in Grounds select ("edge", ground, 3.0),
        ("on-accent", "accent", 4.5), ("on-accent", "accent-strong", 4.5), ("ink", "tint", 4.5), ("accent", "tint", 4.5), ("accent-strong", "tint", 4.5), ("soft", "tint", 4.5),
        ("on-mark", "mark", 4.5), ("on-bad", "bad", 4.5), ("ink", "bad-tint", 4.5), ("bad", "bad-tint", 4.5), ("ink", "warn-tint", 4.5), ("warn", "warn-tint", 4.5),
        ("paper", "ink", 4.5), ("accent", "line", 3.0),
    ];

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Text_can_be_read(int theme)
    {
        using var browser = new Browser(product.Address);
        var style = (await browser.Get(Asset.Path(Asset.Stylesheet))).Text;
        var colours = Token().Matches(style).ToDictionary(
            m => m.Groups[1].Value, m => Luminance(m.Groups[3].Success && theme == 1 ? m.Groups[3].Value : m.Groups[2].Value));
        Assert.True(colours.Count > 15);
        var weak = Pairs.Select(p => (p.Ink, p.Ground, Missing: p.Ratio - Contrast(colours[p.Ink], colours[p.Ground]))).Where(p => p.Missing > 0).ToArray();
        Assert.Empty(weak);
    }

    private static double Contrast(double a, double b) => (Math.Max(a, b) + 0.05) / (Math.Min(a, b) + 0.05);

    private static double Luminance(string hex)
    {
        double Part(int at)
        {
            var value = int.Parse(hex.AsSpan(at, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture) / 255.0;
            return value <= 0.04045 ? value / 12.92 : Math.Pow((value + 0.055) / 1.055, 2.4);
        }

        return (0.2126 * Part(0)) + (0.7152 * Part(2)) + (0.0722 * Part(4));
    }

    [GeneratedRegex("--([a-z-]+): (?:light-dark\\()?#([0-9a-f]{6})(?:, #([0-9a-f]{6}))?")]
    private static partial Regex Token();
}
