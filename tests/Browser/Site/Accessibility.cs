using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;

namespace GifShare.Browser.Tests.Site;

/// <summary>What axe-core finds on a page as it comes to rest.</summary>
public static class Accessibility
{
    /// <summary>Good practice counts too: one h1, landmarks, order of headings.</summary>
    private static readonly AxeRunOptions Rules = new()
    {
        RunOnly = new() { Type = "tag", Values = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] },
    };

    /// <summary>What axe-core calls serious or critical, in words.</summary>
    public static async Task<string> Troubles(IPage page)
    {
        // Colours are judged where they come to rest: a message that is still fading in has too little contrast. What never ends is judged as it is.
        await page.EvaluateAsync("document.getAnimations().filter(a => a.effect.getComputedTiming().endTime < Infinity).forEach(a => a.finish())");
        var found = await page.RunAxe(Rules);
        return string.Join('\n', found.Violations.Where(v => v.Impact is "serious" or "critical").Select(Told));
    }

    private static string Told(AxeResultItem violation) =>
        $"{violation.Impact} {violation.Id}: {violation.Help} at {string.Join(" | ", violation.Nodes.Take(4).Select(n => n.Html))}";
}
