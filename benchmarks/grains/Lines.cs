namespace GifShare.Bench.Grains;

/// <summary>Prints one measurement per line: the best of all rounds, and the worst in brackets.</summary>
static class Lines
{
    public static void Print(string what, List<double> values, string unit, string more = "", bool least = false)
    {
        var (best, worst) = least ? (values.Min(), values.Max()) : (values.Max(), values.Min());
        Console.WriteLine($"{what,-48} {best,12:N0} {unit,-8} ({worst:N0}){more}");
    }
}
