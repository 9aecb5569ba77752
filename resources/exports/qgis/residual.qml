<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>
<qgis version="3.22.0" styleCategories="Symbology">
  <pipe>
    <rasterrenderer type="singlebandpseudocolor" band="1" opacity="0.85" alphaBand="-1" nodataColor="" classificationMin="-1000" classificationMax="1000">
      <rasterTransparency/>
      <minMaxOrigin>
        <limits>None</limits>
        <extent>WholeRaster</extent>
        <statAccuracy>Estimated</statAccuracy>
      </minMaxOrigin>
      <rastershader>
        <colorrampshader colorRampType="INTERPOLATED" classificationMode="1" clip="0" minimumValue="-1000" maximumValue="1000">
          <item value="-1000" color="#2166ac" alpha="255" label="0.10 darker than expected"/>
          <item value="-500" color="#67a9cf" alpha="255" label="0.05 darker"/>
          <item value="0" color="#f7f7f7" alpha="90" label="as expected (brightness, reflectance)"/>
          <item value="500" color="#ef8a62" alpha="255" label="0.05 brighter"/>
          <item value="1000" color="#b2182b" alpha="255" label="0.10 brighter than expected"/>
        </colorrampshader>
      </rastershader>
    </rasterrenderer>
  </pipe>
  <blendMode>0</blendMode>
</qgis>
