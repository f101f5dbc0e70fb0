using GifShare.ObjectStore;

namespace GifShare.ApiFrontend.Limits;

/// <summary>The limit of a picture that is sent in parts; forms have smaller ones of their own.</summary>
internal static class LargestPicture
{
    /// <summary>Bytes.</summary>
    public static long Of(IConfiguration configuration) => Math.Min(UploadReader.MaxImageBytes, configuration.GetValue("Media:MaxFileBytes", UploadReader.MaxImageBytes));
}
